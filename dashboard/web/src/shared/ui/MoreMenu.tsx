import { ActionIcon, Menu } from '@mantine/core';
import { IconDots } from '@tabler/icons-react';
import type { ReactNode, Ref } from 'react';
import { useTranslation } from 'react-i18next';

interface MoreMenuProps {
  ref: Ref<HTMLButtonElement>;
  onDelete: () => void;
  children?: ReactNode;
}

/** What can be done to a thing besides the buttons on its page; deleting it stands last. */
export function MoreMenu({ ref, onDelete, children }: MoreMenuProps) {
  const { t } = useTranslation('common');
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon ref={ref} variant="default" size="lg" aria-label={t('action.moreActions')}>
          <IconDots size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {children}
        <Menu.Item color="red" onClick={onDelete}>
          {t('action.delete')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
