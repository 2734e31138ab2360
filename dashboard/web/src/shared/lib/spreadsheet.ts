/**
 * A cell that a spreadsheet shows and does not run: what people have written may begin like a formula,
 * and names that are tried at the sign-in are anybody's. An apostrophe makes it a text.
 */
export const safeCell = (text: string): string => (/^[=+\-@\t\r]/.test(text) ? `'${text}` : text);

/** Excel takes a file for UTF-8 only if it begins so. */
export const byteOrderMark = '\ufeff';
