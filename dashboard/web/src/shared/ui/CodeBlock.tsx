import { useTranslation } from 'react-i18next';
import classes from './CodeBlock.module.css';
import { CopyButton } from './CopyButton';

/** Code to take away. It can be focused because it may scroll sideways. */
export function CodeBlock({ code, label }: { code: string; label: string }) {
  const { t } = useTranslation();
  return (
    <div className={classes.block}>
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- scrollable by keyboard */}
      <pre className={classes.pre} tabIndex={0} aria-label={label} role="region" dir="ltr">
        <code>{code}</code>
      </pre>
      <div className={classes.copy}>
        <CopyButton text={code} label={t('action.copy')} />
      </div>
    </div>
  );
}
