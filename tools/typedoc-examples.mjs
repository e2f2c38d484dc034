/**
 * A plugin of typedoc: a type without an example shows that of what it is used with, the first export whose signature
 * speaks of it, itself or through other types. An export that still has none is a warning.
 */
import { Comment, CommentTag, Converter, makeRecursiveVisitor, ReflectionKind } from 'typedoc';

/** @param {import('typedoc').Application} app */
export function load(app) {
  app.converter.on(Converter.EVENT_RESOLVE_END, ({ project }) => {
    const modules = project.children ?? [];
    const exported = modules.flatMap(({ children = [] }) => children);
    const own = exported.filter((each) => !each.kindOf(ReflectionKind.Reference));
    const lent = lend(own);
    for (const each of own) {
      if (exampleOf(each) !== undefined) continue;
      const from = lent.get(each);
      if (from === undefined) {
        app.logger.warn(`${each.name} has no example, and nothing that has one speaks of it`);
        continue;
      }
      const text = [
        { kind: 'text', text: `With \`${from.name}\`:\n\n` },
        ...exampleOf(from).content,
      ];
      each.comment ??= new Comment();
      each.comment.blockTags.push(new CommentTag('@example', text));
    }
  });
}

/**
 * By type, the export that lends it an example: those that speak of it directly come first.
 *
 * @param {import('typedoc').DeclarationReflection[]} exported
 */
function lend(exported) {
  const lent = new Map();
  let reached = exported
    .filter((each) => exampleOf(each) !== undefined)
    .map((each) => [each, each]);
  while (reached.length > 0) {
    const next = [];
    for (const [through, from] of reached) {
      for (const found of spokenOf(through)) {
        if (lent.has(found) || exampleOf(found) !== undefined) continue;
        lent.set(found, from);
        next.push([found, from]);
      }
    }
    reached = next;
  }
  return lent;
}

/** @returns {CommentTag | undefined} of the export, or of the first of its signatures that has one */
function exampleOf({ comment, signatures = [] }) {
  const comments = [comment, ...signatures.map((signature) => signature.comment)];
  return comments.flatMap((each) => each?.getTags('@example') ?? [])[0];
}

/** The declarations that one speaks of, in their order. */
function spokenOf(reflection, found = new Set()) {
  const see = (type) =>
    type?.visit(
      makeRecursiveVisitor({
        reference: ({ reflection: to }) => void (to && found.add(topOf(to))),
        reflection: ({ declaration }) => void spokenOf(declaration, found),
      }),
    );
  const { signatures = [], indexSignatures = [], getSignature, children = [] } = reflection;
  for (const each of [...signatures, ...indexSignatures, getSignature]) {
    for (const parameter of each?.parameters ?? []) see(parameter.type);
    see(each?.type);
  }
  see(reflection.type);
  for (const type of reflection.extendedTypes ?? []) see(type);
  for (const { type } of reflection.typeParameters ?? []) see(type);
  for (const child of children) spokenOf(child, found);
  return found;
}

/** The export that something is declared in. */
function topOf(reflection) {
  let top = reflection;
  while (
    top.parent !== undefined &&
    !top.parent.kindOf(ReflectionKind.SomeModule | ReflectionKind.Project)
  ) {
    top = top.parent;
  }
  return top;
}
