import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { DeleteDialog } from '@/shared/ui/DeleteDialog';
import { MoreMenu } from '@/shared/ui/MoreMenu';
import { useDeleteDeployment } from './api';

export function DeploymentMenu({ name }: { name: string }) {
  const { t } = useTranslation(['deployments', 'common']);
  const navigate = useNavigate();
  const [deleting, setDeleting] = useState(false);
  const remove = useDeleteDeployment(name, () => navigate('/deployments'));
  const menu = useRef<HTMLButtonElement>(null);
  return (
    <>
      <MoreMenu ref={menu} onDelete={() => setDeleting(true)} />
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
