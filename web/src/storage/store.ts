/**
 * Corrected drawings, kept in this browser until they are downloaded or thrown away.
 *
 * In: a PNG and its right digit. Out: all that are kept. Nothing of it leaves the device.
 */

export interface Kept {
  readonly digit: number;
  readonly png: Uint8Array;
  /** Milliseconds since 1970. */
  readonly time: number;
}

const DATABASE = "inkdigit";
const STORE = "kept";

export async function keep(drawing: Kept): Promise<void> {
  await done(await transaction("readwrite"), (store) => store.add(drawing));
}

export async function allKept(): Promise<Kept[]> {
  return (await done(await transaction("readonly"), (store) => store.getAll())) as Kept[];
}

export async function throwAway(): Promise<void> {
  await done(await transaction("readwrite"), (store) => store.clear());
}

async function transaction(mode: IDBTransactionMode): Promise<IDBTransaction> {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE, { autoIncrement: true });
  return (await settled(request)).transaction(STORE, mode);
}

/** The result of one request, once its whole transaction is on the disk. */
function done(work: IDBTransaction, ask: (store: IDBObjectStore) => IDBRequest): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const request = ask(work.objectStore(STORE));
    const close = () => work.db.close();
    work.oncomplete = () => {
      close();
      resolve(request.result);
    };
    work.onabort = () => {
      close();
      reject(work.error ?? new Error("the browser keeps nothing"));
    };
  });
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("the browser keeps nothing"));
  });
}
