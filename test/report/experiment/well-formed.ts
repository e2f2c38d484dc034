const name = /[A-Za-z_][\w:.-]*/;
const attributes = new RegExp(`(?:\\s+${name.source}="[^"<]*")*`);
const token = new RegExp(
  `<(?<open>${name.source})(?<attributes>${attributes.source})\\s*(?<empty>/?)>|</(?<close>${name.source})\\s*>|(?<text>[^<]+)`,
  'y',
);
const reference = /&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[\da-fA-F]+);)/;

/**
 * What is not well-formed in an XML text without comments, CDATA or a prologue; undefined if nothing
 * is. Stricter than linkedom, which forgives as browsers forgive HTML, and no file of XML is forgiven.
 */
export function flawOf(xml: string): string | undefined {
  // eslint-disable-next-line no-control-regex
  const control = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.exec(xml);
  if (control !== null) return `control character at ${control.index}`;
  const open: string[] = [];
  token.lastIndex = 0;
  while (token.lastIndex < xml.length) {
    const at = token.lastIndex;
    const groups = token.exec(xml)?.groups;
    if (groups === undefined) return `markup at ${at}: ${xml.slice(at, at + 60)}`;
    const badText = reference.exec(groups.text ?? groups.attributes ?? '');
    if (badText !== null)
      return `& near ${at}: ${badText.input.slice(badText.index, badText.index + 20)}`;
    const names = [...(groups.attributes ?? '').matchAll(/\s([^\s=]+)="/g)].map(([, key]) => key);
    if (new Set(names).size < names.length) return `repeated attribute at ${at}`;
    if (groups.open !== undefined && groups.empty === '') open.push(groups.open);
    if (groups.close !== undefined && open.pop() !== groups.close)
      return `</${groups.close}> at ${at}`;
    if (open.length === 0 && token.lastIndex < xml.trimEnd().length) return `second root at ${at}`;
  }
  return open.length === 0 ? undefined : `<${open.join('><')}> left open`;
}
