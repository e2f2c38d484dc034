/** Where the compiler knows WebGPU and the DOM, the package speaks of the same types. */
import { openEngine } from 'alstm';
import { BlobFiles, open, openBrowserEngine, UrlFiles } from 'alstm/browser';

export async function share(input: HTMLInputElement, drop: DataTransfer): Promise<GPUBuffer> {
  const { device }: { device: GPUDevice } = (await openEngine()).gpu;
  const own: GPUDevice = (await openBrowserEngine({ gpu: navigator.gpu })).gpu.device;
  const files = BlobFiles.ofInput(input.files ?? []);
  const dropped = await BlobFiles.ofDrop(drop.items);
  const fetched = new UrlFiles(new URL('https://example.org/'), { request: { cache: 'reload' } });
  await Promise.all([files, dropped, fetched].map((each) => each.exists('a.wav')));
  own.destroy();
  return device.createBuffer({ size: 16, usage: 0x80 });
}

// @ts-expect-error fetch has no such setting
export const wrong = new UrlFiles('/', { request: { cache: 'never' } });

export async function listen(input: HTMLInputElement, buffer: AudioBuffer): Promise<boolean> {
  const opened = await open(input.files ?? []);
  const found = [await opened.predict(buffer), await opened.predict(new Blob([]))];
  const microphone = await navigator.mediaDevices.getUserMedia({ audio: true });
  const signal = AbortSignal.timeout(9000);
  for await (const { tasks } of opened.stream(microphone, { signal })) {
    if (tasks['emotion']?.sure) break;
  }
  const body = (await fetch('/a.raw')).body!;
  for await (const { end } of opened.stream(body, { rate: 8000, format: 'f32le' })) void end;
  opened.close();
  return found.every(({ tasks }) => tasks['emotion']?.sure);
}
