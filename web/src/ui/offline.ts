/**
 * Keeps the page and its networks in the browser, so that it opens without a network.
 *
 * In: the note at the foot of the page. Out: a service worker at work. Where the files have changed since they were
 * kept (another model is served, another version), the page takes the new ones at once while nothing is written.
 */

import { say } from "./language";

/** Takes new files when they come; to be called before anything is waited for. */
export function takeNewFiles(note: HTMLElement, isIdle: () => boolean): void {
  const workers = navigator.serviceWorker as ServiceWorkerContainer | undefined;
  const wasKept = Boolean(workers?.controller);
  workers?.addEventListener("controllerchange", () => {
    if (wasKept && isIdle()) location.reload();
    else if (wasKept) say(note, "newer");
  });
}

/** Keeps all files; to be called when the page is at work, so that it need not share the line. */
export async function keepOffline(note: HTMLElement): Promise<void> {
  if (!("serviceWorker" in navigator) || !import.meta.env.PROD) return;
  try {
    await navigator.serviceWorker.register("./sw.js");
    await navigator.serviceWorker.ready;
    say(note, "offline");
  } catch {
    // a private window, or a file:// address: the page works, and nothing is said
  }
}
