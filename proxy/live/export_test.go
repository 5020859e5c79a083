package live

// Tests wait for nothing: a read is asked again at once.
func init() { pause = 0 }
