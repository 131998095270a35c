// One picture from the camera, where the browser allows it.
import { button, el, t } from './dom.js';

export async function openCamera(dialog, take) {
  const video = el('video', { autoplay: true, muted: true, playsinline: true });
  const says = el('p', { class: 'muted', role: 'status' });
  let stream = null;
  const close = () => {
    stream?.getTracks().forEach((track) => track.stop());
    dialog.close();
  };
  const shoot = button(t('camera.take'), () => {
    const canvas = el('canvas', { width: video.videoWidth, height: video.videoHeight });
    canvas.getContext('2d').drawImage(video, 0, 0);
    canvas.toBlob((blob) => {
      close();
      take(new File([blob], 'camera.jpg', { type: 'image/jpeg' }));
    }, 'image/jpeg', 0.92);
  }, { disabled: true });
  dialog.replaceChildren(el('h2', { id: 'camera-h' }, t('camera.title')), video, says,
    el('div', { class: 'row' }, shoot, button(t('camera.close'), close)));
  dialog.oncancel = close;
  dialog.showModal();
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
    if (!dialog.open) return close();
    video.srcObject = stream;
    video.onloadedmetadata = () => { shoot.disabled = false; };
  } catch {
    says.textContent = t('camera.refused');
  }
}
