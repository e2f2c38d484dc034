/** What names of recordings that can be decoded end with; the content decides what they are. */
export const recordingName = /\.(?:wav|wave|flac|mp3|ogg|oga|opus)$/i;
