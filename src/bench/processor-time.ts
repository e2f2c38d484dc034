/** Node's API; browsers have none. */
interface Host {
  readonly process?: { cpuUsage?(): { readonly user: number; readonly system: number } };
}

/** Milliseconds of processor time of this process, user and system, all threads; NaN in a browser. */
export function processorMs(): number {
  const spent = (globalThis as Host).process?.cpuUsage?.();
  return spent === undefined ? NaN : (spent.user + spent.system) / 1000;
}
