
float ef_input_scale(uint32_t index) {
  return $input_scale;
}

int32_t ef_input_zero_point(uint32_t index) {
  return $input_zero;
}

float ef_output_scale(uint32_t index) {
  return $output_scale;
}

int32_t ef_output_zero_point(uint32_t index) {
  return $output_zero;
}
