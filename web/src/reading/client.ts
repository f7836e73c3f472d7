/**
 * The page's end of the line to the worker that reads.
 *
 * In: questions. Out: promises of answers. Knows nothing of networks.
 */

import type { Answered, Failure, Question, Questions } from "./messages";

interface Waiting {
  resolve(answer: unknown): void;
  reject(error: Error): void;
}

/** A question that the worker has no answer to. */
export class Unanswered extends Error {
  override readonly name = "Unanswered";
  readonly kind: Failure["kind"];

  constructor({ kind, message }: Failure) {
    super(message);
    this.kind = kind;
  }
}

export class Client {
  readonly #worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  readonly #waiting = new Map<number, Waiting>();
  #last = 0;

  constructor() {
    this.#worker.addEventListener("message", ({ data }: MessageEvent<Answered>) => {
      const waiting = this.#waiting.get(data.id);
      this.#waiting.delete(data.id);
      if (data.error === undefined) waiting?.resolve(data.answer);
      else waiting?.reject(new Unanswered(data.error));
    });
  }

  ask<Q extends Question>(question: Q, ask: Questions[Q]["ask"]): Promise<Questions[Q]["answer"]> {
    const id = ++this.#last;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as (answer: unknown) => void, reject });
      this.#worker.postMessage({ id, question, ask });
    });
  }
}

/** Does the newest of what is asked for, one at a time: what became stale while it waited is never done. */
export class Latest {
  #next: (() => Promise<void>) | null = null;
  #busy = false;

  async do(work: () => Promise<void>): Promise<void> {
    this.#next = work;
    if (this.#busy) return;
    this.#busy = true;
    try {
      while (this.#next) {
        const now = this.#next;
        this.#next = null;
        await now();
      }
    } finally {
      this.#busy = false;
    }
  }
}
