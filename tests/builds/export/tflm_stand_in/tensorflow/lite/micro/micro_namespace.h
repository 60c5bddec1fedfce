// Which namespace the stand-in declares: `tflite`, as TFLM did until 2026, or `tflite::micro` with EF_STAND_IN_NEW.
#ifndef STAND_IN_NAMESPACE_H
#define STAND_IN_NAMESPACE_H

#ifdef EF_STAND_IN_NEW
#define STAND_IN_BEGIN namespace tflite { namespace micro {
#define STAND_IN_END } }
#else
#define STAND_IN_BEGIN namespace tflite {
#define STAND_IN_END }
#endif

#endif
