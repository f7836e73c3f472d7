/** Keeps the page and its networks in the browser, so that it opens without a network. */

export async function keepOffline(note: HTMLElement): Promise<void> {
  if (!("serviceWorker" in navigator) || !import.meta.env.PROD) return;
  try {
    await navigator.serviceWorker.register("./sw.js");
    await navigator.serviceWorker.ready;
    note.textContent = "This page also opens without a network.";
  } catch {
    note.textContent = ""; // a private window, or a file:// address: the page works, it is not kept
  }
}
