import { yamlString } from '../draw/markdown.js';

/**
 * A model card with a licence in its front matter, in place of what it says there.
 *
 * @param card Markdown, with or without YAML between lines of `---` at its head
 * @param license an SPDX id: Hugging Face writes it in small letters
 */
export function withLicense(card: string, license: string): string {
  const line = `license: ${yamlString(license.toLowerCase())}`;
  const front = /^\uFEFF?---\r?\n([^]*?)^---\r?$/m.exec(card);
  if (front?.index !== 0) return `---\n${line}\n---\n\n${card}`;
  const others = (front[1] ?? '').split('\n').filter((own) => !/^license(_name|_link)?:/.test(own));
  return `---\n${[line, ...others].join('\n')}---${card.slice(front[0].length)}`;
}
