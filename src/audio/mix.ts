/** The mean of the channels, [length]; the channel itself if there is only one. */
export function meanOf(channels: readonly Float32Array[], length: number): Float32Array {
  const [first] = channels;
  if (first !== undefined && channels.length === 1) return first;
  const mean = new Float32Array(length);
  for (let i = 0; i < length; i++) {
    let sum = 0;
    for (const channel of channels) sum += channel[i]!;
    mean[i] = sum / channels.length;
  }
  return mean;
}
