/** The mean of each channel, between 0 and 1, over the pictures that every CLIP was trained with. */
export const CHANNEL_MEAN = [0.48145466, 0.4578275, 0.40821073];

/** The standard deviation of each channel over the same pictures. */
export const CHANNEL_DEVIATION = [0.26862954, 0.26130258, 0.27577711];
