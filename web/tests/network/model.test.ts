import { afterEach, describe, expect, it, vi } from "vitest";
import { BadModel, fetchModel, readModel } from "../../src/network/model";
import { fixture, frames, modelJson, networks, open, randomSource, shipped, weightBytes } from "./fixtures";

const mlp = fixture("mlp");

// biome-ignore lint/suspicious/noExplicitAny: a test reaches into JSON to damage it.
type Json = any;

/** The perceptron's model.json, damaged. */
function damaged(damage: (json: Json) => void, name = "mlp"): Json {
  const json = modelJson(fixture(name));
  damage(json);
  return json;
}

const layersOf = (json: Json): Json[] => json.modelTopology.config.layers;
const entriesOf = (json: Json): Json[] => json.weightsManifest[0].weights;

describe("readModel", () => {
  it("takes the card", () => {
    const { card, inputShape, inkScale } = open("cnn");
    expect(card).toMatchObject({ name: "reader", classes: "0123456789-", parameters: 321899 });
    expect(card.temperature).not.toBe(1); // fitted, and read as it is
    expect(card.temperature).toBeCloseTo(0.98, 2);
    expect(inputShape).toEqual([28, 28]);
    expect(inkScale).toBe(1);
    expect(open("grey levels").inkScale).toBe(255);
  });

  it("gives Keras' weights by name", () => {
    const [hidden] = open("mlp").layers.filter(({ kind }) => kind === "Dense");
    expect([...hidden.weights.keys()]).toEqual(["kernel", "bias"]);
    expect(hidden.weights.get("kernel")?.shape).toEqual([784, 384]);
  });

  it("counts as many weights as the card", () => {
    for (const { name } of shipped) {
      const { card, layers } = open(name);
      const sizes = layers.flatMap(({ weights }) => [...weights.values()].map(({ data }) => data.length));
      expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(card.parameters);
    }
  });

  it("reads a topology that is wrapped in model_config", () => {
    const json = damaged((one) => {
      one.modelTopology = { keras_version: "2.15.0", model_config: one.modelTopology };
    });
    expect(readModel(json, weightBytes(mlp)).layers.length).toBe(open("mlp").layers.length);
  });

  it("reads a topology without a layer for the input", () => {
    const json = damaged((one) => {
      const [input, first] = one.modelTopology.config.layers.splice(0, 2);
      first.config.batch_input_shape = input.config.batch_input_shape;
      one.modelTopology.config.layers.unshift(first);
    });
    const run = readModel(json, weightBytes(mlp)).run(frames[0]);
    expect(run.probabilities).toEqual(open("mlp").run(frames[0]).probabilities);
  });

  it.each<[string, (json: Json) => void, string]>([
    ["no topology", (json) => delete json.modelTopology, "modelTopology: expected an object, got nothing"],
    [
      "another kind of model",
      (json) => (json.modelTopology.class_name = "Functional"),
      "expected a Sequential",
    ],
    ["no layers", (json) => (json.modelTopology.config.layers = []), "layers: there is none"],
    [
      "a layer nobody knows",
      (json) => (layersOf(json)[2].class_name = "Lambda"),
      '"Lambda" is not supported',
    ],
    ["what every object has", (json) => (layersOf(json)[2].class_name = "constructor"), "is not supported"],
    [
      "another activation",
      (json) => (layersOf(json)[2].config.activation = "eval"),
      'activation "eval" is not',
    ],
    ["the same name twice", (json) => (layersOf(json)[1].config.name = "ink"), 'layer "ink": is there twice'],
    ["no softmax", (json) => (layersOf(json).at(-1).config.activation = "relu"), "does not end the network"],
    [
      "other classes",
      (json) => (json.userDefinedMetadata.inkdigit.classes = "0123456789"),
      "softmax over 10",
    ],
    [
      "classes of its own",
      (json) => (json.userDefinedMetadata.inkdigit.classes = "AB"),
      "card classes: expected",
    ],
    ["no card", (json) => delete json.userDefinedMetadata, "userDefinedMetadata: expected an object"],
    [
      "a newer card",
      (json) => (json.userDefinedMetadata.inkdigit.format = 2),
      "card format: this page reads 1",
    ],
    ["a temperature of 0", (json) => (json.userDefinedMetadata.inkdigit.temperature = 0), "above 0, got 0"],
    [
      "another input",
      (json) => (layersOf(json)[0].config.batch_input_shape = [null, 32, 32]),
      "expected one of",
    ],
    [
      "a fixed batch",
      (json) => (layersOf(json)[0].config.batch_input_shape = [1, 28, 28]),
      "size of the batch",
    ],
    ["other units", (json) => (layersOf(json)[2].config.units = 100), "expected the kernel (784, 100), got"],
    ["a missing weight", (json) => (entriesOf(json)[0].name = "other/kernel"), "has no weight kernel"],
    ["a weight too many", (json) => layersOf(json).splice(2, 1), "expected the kernel"],
    [
      "the same weight twice",
      (json) => (entriesOf(json)[1].name = entriesOf(json)[0].name),
      "is listed twice",
    ],
    ["whole numbers", (json) => (entriesOf(json)[0].dtype = "int32"), "expected the dtype float32"],
    ["a wrong shape", (json) => entriesOf(json)[0].shape.push(2), "ends at byte"],
    ["too few bytes listed", (json) => entriesOf(json).pop(), "the manifest lists"],
    ["a negative shape", (json) => (entriesOf(json)[0].shape = [-1, 5]), "expected a whole number from 1"],
    [
      "another quantization",
      (json) => (entriesOf(json)[0].quantization = { dtype: "int4" }),
      "a quantization of",
    ],
  ])("refuses %s", (_, damage, message) => {
    const read = (): unknown => readModel(damaged(damage), weightBytes(mlp));
    expect(read).toThrow(BadModel);
    expect(read).toThrow(message);
  });

  it.each<[string, string, (json: Json) => void, string]>([
    ["groups", "dilated", (json) => (layersOf(json)[1].config.groups = 2), "expected one group"],
    [
      "channels first",
      "cnn",
      (json) => (layersOf(json)[2].config.data_format = "channels_first"),
      "data_format",
    ],
    ["another padding", "cnn", (json) => (layersOf(json)[2].config.padding = "causal"), "valid or same"],
    [
      "a window too large",
      "cnn",
      (json) => (layersOf(json)[3].config.pool_size = [99, 99]),
      "window is larger",
    ],
    [
      "a shape that does not fit",
      "cnn",
      (json) => (layersOf(json)[1].config.target_shape = [3, 3]),
      "do not fit",
    ],
    ["another axis", "strided", (json) => (layersOf(json)[2].config.axis = 1), "axis 1 is not the last"],
    ["a threshold", "strided", (json) => (layersOf(json)[3].config.threshold = 1), "threshold 1 is not"],
    ["keepdims", "depthwise", (json) => (layersOf(json).find(isGlobal).config.keepdims = true), "keepdims"],
  ])("refuses %s", (_, name, damage, message) => {
    const read = (): unknown => readModel(damaged(damage, name), weightBytes(fixture(name)));
    expect(read).toThrow(BadModel);
    expect(read).toThrow(message);
  });

  it("refuses work without end", () => {
    const json = damaged((one) => {
      layersOf(one)[2].config.strides = [1, 1];
      layersOf(one)[1].config.target_shape = [28, 28, 1];
      layersOf(one).splice(
        2,
        0,
        ...Array.from({ length: 60 }, (_, i) => ({
          class_name: "MaxPooling2D",
          config: { name: `pool ${i}`, pool_size: [900, 900], strides: [1, 1], padding: "same" },
        })),
      );
    }, "cnn");
    expect(() => readModel(json, weightBytes(fixture("cnn")))).toThrow("would take more than");
  });

  it.each([
    ["not finite", Number.NaN, "not finite"],
    ["infinite", Number.POSITIVE_INFINITY, "not finite"],
    ["too large together", 3e38, "too large"],
  ])("refuses weights that are %s", (_, value, message) => {
    const bytes = weightBytes(mlp);
    new Float32Array(bytes).fill(value, 0, 784 * 384);
    expect(() => readModel(modelJson(mlp), bytes)).toThrow(message);
  });

  it.each([null, 3, "model", [], [[]], {}, undefined])("refuses %j as a model", (json) => {
    expect(() => readModel(json, new ArrayBuffer(0))).toThrow(BadModel);
  });
});

describe("damaged at random", () => {
  const small = networks.filter(({ name }) => ["rows", "reshaped", "depthwise", "leaky"].includes(name));

  it.each(small)("$name is read or refused in one line", (one) => {
    const random = randomSource(7);
    const text = JSON.stringify(modelJson(one));
    const bytes = weightBytes(one);
    let refused = 0;
    for (let i = 0; i < 400; i++) {
      const json: unknown = JSON.parse(text);
      for (let times = 1 + random(3); times > 0; times--) mutate(json, random);
      const cut = random(4) === 0 ? bytes.slice(0, random(bytes.byteLength)) : bytes;
      refused += refusalOf(json, cut) === null ? 0 : 1;
    }
    expect(refused).toBeGreaterThan(200);
  });

  /** The message of the refusal, or null; any other error fails the test. */
  function refusalOf(json: unknown, bytes: ArrayBuffer): string | null {
    try {
      readModel(json, bytes).run(frames[0]);
      return null;
    } catch (error) {
      if (!(error instanceof BadModel)) throw error;
      expect(error.message).not.toMatch(/[\n\r]/);
      expect(error.message.length).toBeLessThan(250);
      return error.message;
    }
  }
});

describe("fetchModel", () => {
  afterEach(() => vi.unstubAllGlobals());

  /** A server that has the files of a fixture. */
  function serve(files: Record<string, BodyInit>): string[] {
    const asked: string[] = [];
    vi.stubGlobal("fetch", async (url: string) => {
      asked.push(url);
      const content = files[new URL(url).pathname];
      return content === undefined ? new Response("", { status: 404 }) : new Response(content);
    });
    return asked;
  }

  it("fetches the weights beside model.json", async () => {
    const asked = serve({
      "/a/mlp/model.json": JSON.stringify(modelJson(mlp)),
      "/a/mlp/group1-shard1of1.bin": weightBytes(mlp),
    });
    const network = await fetchModel("https://example.org/a/mlp/model.json?v=2");
    expect(network.run(frames[0]).probabilities).toEqual(open("mlp").run(frames[0]).probabilities);
    expect(asked[1]).toBe("https://example.org/a/mlp/group1-shard1of1.bin?v=2");
  });

  it("puts shards together", async () => {
    const json = damaged((one) => (one.weightsManifest[0].paths = ["one.bin", "two.bin"]));
    const bytes = weightBytes(mlp);
    serve({
      "/model.json": JSON.stringify(json),
      "/one.bin": bytes.slice(0, 1001),
      "/two.bin": bytes.slice(1001),
    });
    const network = await fetchModel("https://example.org/model.json");
    expect(network.run(frames[1]).probabilities).toEqual(open("mlp").run(frames[1]).probabilities);
  });

  it.each<[string, Record<string, BodyInit>, string]>([
    ["a missing file", {}, "the server answered 404"],
    ["what is no JSON", { "/model.json": "<html>" }, "is no JSON"],
    ["an empty file", { "/model.json": "" }, "is no JSON"],
    ["missing weights", { "/model.json": JSON.stringify(modelJson(mlp)) }, "the server answered 404"],
  ])("refuses %s", async (_, files, message) => {
    serve(files);
    await expect(fetchModel("https://example.org/model.json")).rejects.toThrow(message);
  });

  it.each(["../secret.bin", "https://example.com/x.bin", "/x.bin", ".hidden", "a\\b", ""])(
    "fetches nothing but plain files: %s",
    async (path) => {
      const json = damaged((one) => (one.weightsManifest[0].paths = [path]));
      const asked = serve({ "/a/model.json": JSON.stringify(json) });
      await expect(fetchModel("https://example.org/a/model.json")).rejects.toThrow("no plain file name");
      expect(asked.length).toBe(1);
    },
  );
});

function isGlobal({ class_name }: Json): boolean {
  return class_name === "GlobalAveragePooling2D";
}

const STRANGE = [
  null,
  0,
  -1,
  1,
  2,
  3,
  28,
  1e9,
  1e308,
  0.5,
  "",
  "same",
  "relu",
  "__proto__",
  [],
  {},
  [1, 1],
  true,
];

/** Change one value somewhere in a tree of JSON, or take it away. */
function mutate(json: Json, random: (n: number) => number): void {
  let node = json;
  for (;;) {
    const keys = Object.keys(node);
    const key = keys[random(keys.length)];
    const child = node[key];
    const isLeaf = typeof child !== "object" || child === null || Object.keys(child).length === 0;
    if (!isLeaf && random(12) > 0) {
      node = child;
      continue;
    }
    if (random(5) === 0) Array.isArray(node) ? node.splice(Number(key), 1) : delete node[key];
    else if (random(8) === 0 && Array.isArray(node)) node.push(structuredClone(child));
    else node[key] = structuredClone(STRANGE[random(STRANGE.length)]);
    return;
  }
}
