import type { Address } from '../address/address.js';
import type { Client } from '../client.js';
import type { Heard } from '../protocol.js';
import type { Tabs } from '../tabs.js';

/** What the parts of the page share. */
export interface App {
  readonly client: Client;
  readonly tabs: Tabs;
  readonly address: Address;
  /** A recording was heard: Look is out of date. */
  heard: (recording: Heard) => void;
  /** Takes the model that was trained here into Listen. */
  useTrained: () => Promise<void>;
}
