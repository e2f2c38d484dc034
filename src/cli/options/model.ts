import { DEFAULT_VOICES } from '../../model/voices.js';

/** What commands take for a model. */
export const MODEL_TEXT =
  'a model folder, a run folder, an archive of one (.zip, .tar, .tar.gz), its https address, or the name of a model ' +
  `that comes along, such as ${DEFAULT_VOICES}`;
