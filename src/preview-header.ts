/** A call with this header and the fleet's name is led to the side in preview, while there is one. */
export const PREVIEW_HEADER = 'x-quorate-preview';
