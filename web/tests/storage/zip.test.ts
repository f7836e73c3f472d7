import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 as nodeCrc32 } from "node:zlib";
import { describe, expect, test } from "vitest";
import { archive } from "../../src/storage/archive";
import { crc32, zip } from "../../src/storage/zip";

/** Reads an archive with Python's zipfile, which also checks every sum: the oracle. */
const LIST = `
import json, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as file:
    assert file.testzip() is None
    print(json.dumps([[i.filename, list(file.read(i)), list(i.date_time)] for i in file.infolist()]))
`;

function read(content: Uint8Array): [name: string, bytes: number[], time: number[]][] {
  const folder = mkdtempSync(join(tmpdir(), "inkdigit-"));
  try {
    writeFileSync(join(folder, "a.zip"), content);
    return JSON.parse(execFileSync("python3", ["-c", LIST, join(folder, "a.zip")], { encoding: "utf8" }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("an archive", () => {
  test("is read by another program, names, bytes and times", () => {
    const modified = new Date(2026, 10, 21, 10, 30, 8);
    const content = Uint8Array.from({ length: 3000 }, (_, i) => (i * 7919) % 256);
    const files = read(
      zip([
        { name: "digits/4/a.png", content, modified },
        { name: "digits/9/empty.png", content: new Uint8Array(), modified },
      ]),
    );
    expect(files).toEqual([
      ["digits/4/a.png", [...content], [2026, 11, 21, 10, 30, 8]],
      ["digits/9/empty.png", [], [2026, 11, 21, 10, 30, 8]],
    ]);
  });

  test("may be empty", () => expect(read(zip([]))).toEqual([]));

  test("has a folder for each digit, and a name for each drawing of one second", () => {
    const png = new Uint8Array([1]);
    const names = read(archive([4, 4, 0].map((digit) => ({ digit, png, time: 1_790_000_000_000 })))).map(
      ([name]) => name,
    );
    expect(names.map((name) => name.split("/").slice(0, 2).join("/"))).toEqual([
      "digits/4",
      "digits/4",
      "digits/0",
    ]);
    expect(new Set(names).size).toBe(3);
  });
});

test("the sum is zlib's", () => {
  for (const text of ["", "a", "123456789", "ink".repeat(999)]) {
    const bytes = new TextEncoder().encode(text);
    expect(crc32(bytes)).toBe(nodeCrc32(bytes));
  }
});
