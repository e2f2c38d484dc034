/** What `make` makes, once it is first asked for: what takes time must not be done where a module is only loaded. */
export function lazy<T extends object>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}
