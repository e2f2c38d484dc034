/** Where the page stores its training run, in the origin's private file system. */
export const HOME = 'train';
/** Recordings and their manifest. */
export const DATA = `${HOME}/data`;
export const MANIFEST = `${DATA}/manifest.csv`;
/** The run folder; its model is TRAINED's. */
export const TRAINED = `${HOME}/run`;
/** Features, so that resuming does not compute them again. */
export const CACHE = `${HOME}/cache`;
