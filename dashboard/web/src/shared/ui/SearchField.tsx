import { CloseButton, TextInput, type TextInputProps } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

interface Props extends Omit<TextInputProps, 'value' | 'onChange'> {
  value: string;
  onChange: (text: string) => void;
  /** How long it waits for the next letter before it tells. */
  patienceMs?: number;
}

/** A text that is looked for: told once nobody types any more, not with each letter. */
export function SearchField({ value, onChange, patienceMs = 300, ...rest }: Props) {
  const { t } = useTranslation();
  const [text, setText] = useState(value);
  const [told, setTold] = useState(value);
  const [seen, setSeen] = useState(value);
  if (value !== seen) {
    setSeen(value);
    // It changed by another way than this field; what the field told comes back a moment later.
    if (value !== told) {
      setTold(value);
      setText(value);
    }
  }
  const tell = (next: string): void => {
    setTold(next);
    onChange(next);
  };
  const tellSoon = useDebouncedCallback(tell, patienceMs);
  const clear = (): void => {
    tellSoon.cancel();
    setText('');
    tell('');
  };
  return (
    <TextInput
      type="text"
      inputMode="search"
      autoComplete="off"
      spellCheck={false}
      maxLength={100}
      rightSection={text !== '' && <CloseButton size="sm" aria-label={t('action.clear')} onClick={clear} />}
      {...rest}
      value={text}
      onChange={(event) => {
        setText(event.currentTarget.value);
        tellSoon(event.currentTarget.value.trim());
      }}
    />
  );
}
