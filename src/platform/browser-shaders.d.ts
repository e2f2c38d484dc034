/** Made by tools/browser-shaders.mjs wherever this is bundled: all of shaders/, by path without `.wgsl`. */
export const shaders: Readonly<Record<string, string>>;
