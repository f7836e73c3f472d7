/** The page in German. */

import type { Catalogue } from "./catalogue";
import { formatsOf } from "./formats";

const { percent, share, decimal, count, megabytes, plural } = formatsOf("de");

const NAMES = ["Null", "Eins", "Zwei", "Drei", "Vier", "Fünf", "Sechs", "Sieben", "Acht", "Neun"];
const COUNTS = ["null", "eine", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun"];
const DIGITS = { one: "Ziffer", other: "Ziffern" };

const digit = (value: number): string => `eine ${NAMES[value]}`;
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
const number = (value: number): string => COUNTS[value] ?? count(value);

export const de: Catalogue = {
  name: "Deutsch",
  title: "inkdigit: eine Zahl schreiben und sehen, wie ein kleines Netz sie liest",
  description:
    "Eine Ziffer schreiben und zusehen, wie ein kleines neuronales Netz sie liest: auf diesem Gerät, schon beim Schreiben.",

  paper: "Das Blatt",
  sheet: "Blatt zum Beschreiben",
  instructions:
    "Ziffern schreiben mit Maus, Finger oder Stift. Mit der Tastatur: Die Pfeiltasten bewegen den Stift, mit der " +
    "Umschalttaste in kleinen Schritten; die Leertaste setzt ihn auf und hebt ihn ab; Escape leert das Blatt; Strg Z " +
    "macht rückgängig, Strg Y wiederholt.",
  invitation: "Hier eine Zahl schreiben.",
  actions: "Blatt",
  undo: "rückgängig",
  redo: "wiederholen",
  clear: "leeren",
  picture: "Bild…",
  pictureHint: "Foto oder Scan mit Ziffern; lässt sich auch einfügen oder hierher ziehen",
  pictureFile: "Ein Bild mit Ziffern",

  margin: "Was das Netz liest",
  answer: "Antwort",
  probabilities: "Wie wahrscheinlich jede Ziffer ist",
  readers: "Gelesen von",
  none: "keine",
  nothingToRead: "nichts zu lesen",
  loading: "Die Netze werden geladen…",
  readingPicture: "Das Bild wird gelesen…",
  noDigits: "Ich sehe hier keine Ziffern.",
  digit,
  percent,
  sure: (value) => `${capital(digit(value))}.`,
  likely: (value) => `Wahrscheinlich ${digit(value)}.`,
  perhaps: (value) => `Unsicher: vielleicht ${digit(value)}.`,
  perhapsEither: (value, other) => `Unsicher: vielleicht ${digit(value)}, vielleicht ${digit(other)}.`,
  perhapsNone: "Unsicher: vielleicht gar keine Ziffer.",
  several: (all, unsure) => {
    const read = capital(`${number(all)} ${plural(all, DIGITS)}`);
    if (unsure === 0) return `${read}, alle sicher.`;
    return unsure === all ? `${read}, alle unsicher.` : `${read}, davon ${number(unsure)} unsicher.`;
  },
  unsure: (read) => `${read} unsicher`,
  spoken: (lines, sentence) => `${lines.join("; ")}. ${sentence}`,

  networks: { cnn: "Faltungsnetz", mlp: "Perzeptron" },
  facts: (weights, accuracy) => {
    const its = `${count(weights)} Gewichte`;
    return accuracy === null ? its : `${its}; liest ${share(accuracy)} der Testziffern von MNIST richtig`;
  },
  digits: (all) => `${count(all)} ${plural(all, DIGITS)}`,

  correction: "Es ist eine andere Ziffer",
  correctionQuestion: "Falsch? Richtig ist",
  isReally: (value) => `Richtig ist ${value}`,
  stored: (all) =>
    `${count(all)} ${plural(all, { one: "Zeichnung", other: "Zeichnungen" })} hier aufbewahrt:`,
  storedAs: (value) => `Als ${value} aufbewahrt.`,
  download: "herunterladen",
  forget: "verwerfen",
  forgotten: "Verworfen.",
  notStored: "Dieser Browser bewahrt nichts auf: Sein Speicher ist voll oder abgeschaltet.",

  network: "Das Netz bei der Arbeit",
  sees: "was es sieht",
  seesAt: "Was das Netz sieht, 28 mal 28",
  output: "Ziffern",
  neurons: (all) => `${count(all)} ${plural(all, { one: "Neuron", other: "Neuronen" })}`,
  filters: (all, width, height) => `${count(all)} Filter, ${width} × ${height}`,
  pooled: (all, width, height) => `${count(all)} gepoolt, ${width} × ${height}`,
  layer: (name, description) => `${name}: ${description}`,
  noNeuron: "kein Neuron gewählt",
  activation: (unit, value) => `Neuron ${unit}, Aktivierung ${decimal(value)}`,

  lens: "Genauer hingesehen",
  lensAtRest: "Nichts zu erklären",
  andNot: "und nicht",
  andNotThis: "und nicht diese Ziffer",
  backToWhy: "zurück zum Warum",
  why: (value) => `Warum ${digit(value)}`,
  noDigit: "Keine Ziffer",
  whyNoDigit: "Das Netz hält dies eher für gar keine Ziffer als für eine der zehn.",
  evidence: (value, rival) =>
    `Quadrate in Tinte sprechen für ${digit(value)}, Quadrate in Papierfarbe für ${digit(rival)}.`,
  turning: ({ adds, becomes, probability, unsure }) => {
    const change = adds ? "Mit einem Strich" : "Mit weniger Tinte";
    const result = `${unsure ? "vielleicht " : ""}${digit(becomes)}, ${percent(probability)}`;
    return `${change} an der gestrichelten Stelle würde daraus ${result}.`;
  },
  unit: (kind, value, layer) => `${kind === "filter" ? "Filter" : "Neuron"} ${value} von ${layer}`,
  looksFor: (kind, activation) => {
    const it = kind === "filter" ? "er" : "es";
    return `Jetzt bei ${decimal(activation)}. Quadrate in Tinte: Dort sucht ${it} Tinte; in Papierfarbe: dort Papier.`;
  },
  titled: (title, text) => `${title}. ${text}`,

  privacy: "Was hier geschrieben wird, bleibt auf diesem Gerät.",
  offline: "Diese Seite öffnet sich auch ohne Internet.",
  newer: "Eine neuere Fassung dieser Seite ist da: Neu laden holt sie.",
  languages: "Sprache",

  unreachable: "Die Netze konnten nicht geladen werden: keine Verbindung. Neu laden versucht es noch einmal.",
  badModel:
    "Ein Netz ließ sich nicht öffnen: Seine Dateien fehlen, sind beschädigt oder von anderer Fassung. Die Seite neu " +
    "schreiben; die Konsole des Browsers sagt, was woran fehlt.",
  fault:
    "Das konnte nicht gelesen werden, und die Seite ist schuld. Noch einmal schreiben; die Konsole des Browsers sagt, warum.",
  fileTooLarge: (bytes, most) =>
    `Diese Datei ist zu groß: ${megabytes(bytes)}, höchstens ${megabytes(most)}.`,
  noPicture: "Diese Datei ist kein Bild, das dieser Browser öffnen kann.",
};
