/**
 * Corrected drawings, kept in this browser until they are downloaded or thrown away.
 *
 * In: a PNG and its right digit. Out: all that are stored. Nothing of it leaves the device.
 */

export interface StoredDrawing {
  readonly digit: number;
  readonly png: Uint8Array;
  /** Milliseconds since 1970. */
  readonly time: number;
}

const DATABASE = "inkdigit";
const STORE = "kept"; // as in every browser that has drawings already

export async function store(drawing: StoredDrawing): Promise<void> {
  await done(await transaction("readwrite"), (drawings) => drawings.add(drawing));
}

export async function stored(): Promise<StoredDrawing[]> {
  return (await done(await transaction("readonly"), (drawings) => drawings.getAll())) as StoredDrawing[];
}

export async function clear(): Promise<void> {
  await done(await transaction("readwrite"), (drawings) => drawings.clear());
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
