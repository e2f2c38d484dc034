import { FileError, messageOf } from '../../core/errors.js';
import type { FetchOptions } from '../../core/host-types.js';
import { isWebPage } from '../../core/web-page.js';
import { missing, namesBelow, pathBelow, ReadOnlyFiles } from './read-only-files.js';

/** What is known of the files of a server, and how they are asked for. */
export interface UrlFilesOptions {
  /** All paths, for `list` and `isFolder`: a web server does not list them. */
  readonly paths?: readonly string[] | undefined;
  /** Options of every request, for example credentials. */
  readonly request?: FetchOptions | undefined;
}

/**
 * Files of a web server below a base URL, for example a model folder next to the page.
 *
 * @example
 * const models = new UrlFiles('/models');
 * const predictor = await Predictor.load(engine, models, 'first');
 */
export class UrlFiles extends ReadOnlyFiles {
  readonly #base: URL;
  readonly #paths: readonly string[] | undefined;
  readonly #request: FetchOptions;

  /** @param base relative to the page (in a worker: to its script) or absolute */
  constructor(
    base: string | { readonly href: string },
    { paths, request = {} }: UrlFilesOptions = {},
  ) {
    super('files of a web server');
    const at = (globalThis as { location?: { href: string } }).location?.href;
    const url = new URL(typeof base === 'string' ? base : base.href, at);
    if (!url.pathname.endsWith('/')) url.pathname += '/'; // a folder, otherwise its last part would be replaced
    this.#base = url;
    this.#paths = paths?.map(pathBelow);
    this.#request = request;
  }

  async read(path: string): Promise<Uint8Array> {
    const response = await this.#fetch('GET', path);
    if (response === undefined) throw missing('read', this.#urlOf(path).href);
    try {
      return new Uint8Array(await response.arrayBuffer());
    } catch (error) {
      throw this.#failure(path, messageOf(error), error);
    }
  }

  async exists(path: string): Promise<boolean> {
    const own = pathBelow(path);
    if (own === '') return true;
    if (this.#paths !== undefined) {
      return this.#paths.includes(own) || namesBelow(this.#paths, own).length > 0;
    }
    return (await this.#fetch('HEAD', path)) !== undefined;
  }

  /** @throws FileError if no paths were given: a server does not list them */
  list(path: string): Promise<string[]> {
    if (this.#paths !== undefined) {
      return Promise.resolve(namesBelow(this.#paths, pathBelow(path)));
    }
    return Promise.reject(
      new FileError(
        `cannot list ${this.#urlOf(path).href}: a web server does not list folders`,
        'Give the paths to UrlFiles.',
      ),
    );
  }

  async isFolder(path: string): Promise<boolean> {
    if (pathBelow(path) === '') return true;
    return this.#paths !== undefined && (await this.list(path)).length > 0;
  }

  /** Undefined if there is nothing, or if an unrequested web page comes. */
  async #fetch(method: 'GET' | 'HEAD', path: string): Promise<Response | undefined> {
    let response: Response;
    try {
      response = await fetch(this.#urlOf(path), { ...this.#request, method });
    } catch (error) {
      throw this.#failure(path, messageOf(error), error);
    }
    if (response.status === 404 || response.status === 410) return undefined;
    if (isWebPage(response) && !/\.html?$/i.test(path)) return undefined;
    if (!response.ok)
      throw this.#failure(path, `the server responded with status ${response.status}`);
    return response;
  }

  #urlOf(path: string): URL {
    const parts = pathBelow(path).split('/').map(encodeURIComponent);
    return new URL(parts.join('/'), this.#base);
  }

  #failure(path: string, why: string, cause?: unknown): FileError {
    return new FileError(
      `cannot read ${this.#urlOf(path).href}: ${why}`,
      'Check the connection, and that the server allows this page to read it (CORS).',
      cause === undefined ? {} : { cause },
    );
  }
}
