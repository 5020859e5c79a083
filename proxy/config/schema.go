package config

import _ "embed"

// Schema is the JSON Schema (draft 2020-12) of golive.yaml, for editors. It is
// made from the types of this package by its tests (UPDATE=1) and refuses what
// Parse refuses, but for what a schema cannot say: values that contradict each
// other across the file, and the ends of a range of durations.
//
//go:embed golive.schema.json
var Schema []byte
