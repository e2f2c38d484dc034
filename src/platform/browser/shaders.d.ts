/** Made by tools/browser-shaders.mjs wherever this is bundled: all of shaders/, by stem. */
export const shaders: Readonly<Record<string, string>>;
