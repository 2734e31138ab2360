import { ActionIcon, Menu } from '@mantine/core';
import { IconDots } from '@tabler/icons-react';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { DeleteDialog } from '@/shared/ui/DeleteDialog';
import { useDeleteDeployment } from './api';

export function DeploymentMenu({ name }: { name: string }) {
  const { t } = useTranslation(['deployments', 'common']);
  const navigate = useNavigate();
  const [deleting, setDeleting] = useState(false);
  const remove = useDeleteDeployment(name, () => navigate('/deployments'));
  const menu = useRef<HTMLButtonElement>(null);
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon ref={menu} variant="default" size="lg" aria-label={t('common:action.moreActions')}>
            <IconDots size={18} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item color="red" onClick={() => setDeleting(true)}>
            {t('common:action.delete')}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <DeleteDialog
        opened={deleting}
        title={t('delete.title', { name })}
        text={t('delete.text')}
        remove={remove}
        onClose={() => {
          setDeleting(false);
          menu.current?.focus();
        }}
      />
    </>
  );
}
