/** Starts the page: its worker, its parts. */
import { Client, WorkerProblem } from './client.js';
import { Address } from './address/address.js';
import { offerLink } from './address/share.js';
import { byId, show } from './dom.js';
import { loadLanguage } from './language/load.js';
import { t } from './language/words.js';
import { notices } from './notices.js';
import { registerOffline } from './offline/register.js';
import { sentence } from './status.js';
import { Tabs } from './tabs.js';
import type { App } from './views/app.js';
import { ListenView } from './views/listen.js';
import { LookView } from './views/look.js';
import { MeasureView } from './views/measure.js';
import { TrainView } from './views/train.js';

const worker = new Worker(new URL('./worker/main.ts', import.meta.url), { type: 'module' });
const client = new Client(worker);
await loadLanguage();
const tabList = document.querySelector<HTMLElement>('[role=tablist]');
if (tabList === null) throw new Error('the page has no tabs');
const tabs = new Tabs(tabList);
const address = new Address(tabs);
offerLink(tabList);

const app: App = {
  client,
  tabs,
  address,
  heard: () => look.renew(),
  useTrained: async () => {
    tabs.open('listen');
    await listen.useTrained();
  },
};
const listen = new ListenView(app);
const look = new LookView(app);
const train = new TrainView(app);
const measure = new MeasureView(app);

// A file dropped elsewhere on the page would be opened instead of it.
for (const kind of ['dragover', 'drop']) addEventListener(kind, (event) => event.preventDefault());

await start();
if (HAS_SERVICE_WORKER) await registerOffline(notices);

async function start(): Promise<void> {
  const device = byId('device', HTMLElement);
  try {
    const info = await client.call('open', {});
    device.textContent = info.software ? t().device.slow(info.name) : info.name;
    device.classList.add('ready');
    measure.start(info);
    await Promise.all([listen.start(), train.start()]);
    document.documentElement.dataset['ready'] = 'true';
  } catch (problem) {
    device.textContent = t().device.none;
    device.classList.add('failed');
    refuse(problem);
  }
}

/** Explains what is missing, instead of showing parts that could not work. */
function refuse(problem: unknown): void {
  const message = problem instanceof Error ? problem.message : String(problem);
  byId('no-gpu-problem', HTMLElement).textContent = sentence(message);
  const hint = problem instanceof WorkerProblem ? problem.hint : '';
  byId('no-gpu-hint', HTMLElement).textContent = hint === '' ? '' : sentence(hint);
  show(byId('no-gpu', HTMLElement), true);
  const controls = 'main input, main select, main button';
  document
    .querySelectorAll<HTMLInputElement | HTMLButtonElement>(controls)
    .forEach((control) => (control.disabled = true));
  document.body.classList.add('refused');
}
