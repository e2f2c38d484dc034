// Frames of 400 samples of the signal without its mean, folded about their middle: even[t,m] = x[200 + m] + x[199 - m],
// odd[t,m] = x[200 + m] - x[199 - m], m = 0 .. 199. With time counted from the middle, the real parts of a frame's
// Fourier transform are a product of `even` with cosines, the imaginary ones of `odd` with sines: half the work.
// Each is the sum of a coarse part, a multiple of 1/128 of the recording's size, and a fine one: products of the coarse
// parts with cosines that are as coarse are exact, so that weak frequencies do not drown in what strong ones round.
// A lane a value.
//   samples [samples]; levels [rows] (mean, its rest, 1 / peak, size); frame_places [frames] (first sample, t, frames of
//   the recording, row); even, even_fine, odd, odd_fine [frames,200]. Overwrites these four.
struct Uniforms {
  rows: u32,
  samples: u32,
  frames: u32,
  half: u32,  // 200
}
@group(0) @binding(0) var<storage, read> samples: array<f32>;
@group(0) @binding(1) var<storage, read> levels: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> frame_places: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read_write> even: array<f32>;
@group(0) @binding(4) var<storage, read_write> even_fine: array<f32>;
@group(0) @binding(5) var<storage, read_write> odd: array<f32>;
@group(0) @binding(6) var<storage, read_write> odd_fine: array<f32>;
@group(0) @binding(7) var<uniform> u: Uniforms;

override LANES = 64u;

${flat}
/// The nearest multiple of a power of two.
fn coarse(x: f32, unit: f32) -> f32 {
  return round(x / unit) * unit;
}

@compute @workgroup_size(LANES)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = flat_index(id, groups);
  if (i >= u.frames * u.half) { return; }
  let m = i % u.half;
  let place = frame_places[i / u.half];
  let level = levels[place.w];
  let middle = place.x + u.half;
  let before = samples[middle - 1u - m];
  let after = samples[middle + m];
  let unit = level.w / 128.0;
  let mean = coarse(level.x, unit);
  let fine_mean = (level.x - mean) + level.y;
  let before_coarse = coarse(before, unit);
  let after_coarse = coarse(after, unit);
  let before_fine = (before - before_coarse) - fine_mean;
  let after_fine = (after - after_coarse) - fine_mean;
  even[i] = (after_coarse - mean) + (before_coarse - mean);
  odd[i] = after_coarse - before_coarse;
  even_fine[i] = after_fine + before_fine;
  odd_fine[i] = after_fine - before_fine;
}
