/** A file of the built page that is stored at the first visit. */
export interface StoredFile {
  /** Relative to the page. */
  readonly url: string;
  /** Null where the name changes with the content. */
  readonly revision: string | null;
  readonly bytes: number;
}

/** Name of the service worker in the page's folder. */
export const SERVICE_WORKER: string;

/** @param folder of a built page */
export function storedFiles(folder: string): Promise<StoredFile[]>;

/** @param folder of a built page, to which the worker is added */
export function addServiceWorker(folder: string): Promise<void>;
