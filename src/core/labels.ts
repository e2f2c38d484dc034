/** Classes by task, sorted by code point: a label's index is its class. */
export type LabelSets = Readonly<Record<string, readonly string[]>>;
