package futures

const hidden = "***"
