/* One lonely emoji goes large. */
const graphemes = (text: string) => (Intl.Segmenter ? [...new Intl.Segmenter().segment(text)].length : text.length);
export const isOneEmoji = (text: string) => text.length < 20 && /^\p{Extended_Pictographic}/u.test(text) && graphemes(text) === 1;
