// Runs in Deno: what DenoFiles makes of a folder, as JSON.
import process from 'node:process';
import { DenoFiles, openBrowserEngine } from 'alstm/browser';

const [folder = ''] = process.argv.slice(2);
const files = new DenoFiles();
const seen: Record<string, unknown> = {};

/** What a call throws, or its result. */
async function told(action: () => Promise<unknown>): Promise<unknown> {
  try {
    return await action();
  } catch (error) {
    const { name, message, hint } = error as { name: string; message: string; hint: string };
    return { name, message: message.replaceAll(folder, 'F'), hint };
  }
}

const at = (name: string) => `${folder}/${name}`;
await files.write(at('a/b/new.txt'), 'first');
await files.write(at('a/b/new.txt'), 'second, and longer');
seen['read'] = new TextDecoder().decode(await files.read(at('a/b/new.txt')));
await files.appendLine(at('log'), 'one');
await files.appendLine(at('log'), 'two');
seen['log'] = new TextDecoder().decode(await files.read(at('log')));
await files.write(at('link'), 'through the link');
seen['target'] = new TextDecoder().decode(await files.read(at('target')));
seen['same'] = (await files.realPath(at('link'))) === (await files.realPath(at('target')));
seen['special'] = await told(() => files.read('/dev/null'));
await files.makeFolder(at('made/deep'));
await files.rename(at('log'), at('made/log'));
seen['list'] = [await files.list(folder), await files.list(at('made')), await files.list(at('no'))];
seen['kinds'] = [
  await files.isFolder(at('made')),
  await files.isFolder(at('made/log')),
  await files.exists(at('made/log/x')),
];
seen['absent'] = await told(() => files.read(at('no')));
seen['folder'] = await told(() => files.write(at('made'), ''));
seen['device'] = await told(() => files.write('/dev/null', ''));
seen['barred'] = await told(() => files.read('/etc/hostname'));
seen['rename'] = await told(() => files.rename(at('no'), at('x')));
await files.remove(at('made'));
await files.remove(at('made'));
seen['removed'] = await files.exists(at('made'));
const release = await files.lock(at('run/.lock'));
seen['locked'] = await told(() => files.lock(at('run/.lock')));
await release();
seen['released'] = await files.list(at('run'));
const again = await files.lock(at('run/.lock'));
await again();
await files.write(at('run/.lock'), '{"pid":1}');
seen['node'] = await told(() => files.lock(at('run/.lock')));

seen['none'] = await told(() => openBrowserEngine());
Reflect.deleteProperty(Object.getPrototypeOf(navigator) as object, 'gpu');
seen['without'] = await told(() => openBrowserEngine());
console.log(JSON.stringify(seen));
