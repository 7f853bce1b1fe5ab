export { type AnnotationKey, captureAnnotations, type CaptureAnnotations, KEYS } from './keys.ts';
export { type AnnotatedPod, asksForCapture, observeAnnotations, podOfRequest } from './observe-annotations.ts';
