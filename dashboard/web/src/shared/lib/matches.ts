const plain = (text: string): string => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();

/** Whether `text` contains what somebody searches for, whatever its accents and capitals. */
export const matches = (text: string, search: string): boolean => plain(text).includes(plain(search.trim()));
