package app

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/anton-payments/golive/proxy/config"
)

// valued takes the action's value out of a successful answer.
func valued(a Answer, act config.Action, succeeded bool) (Answer, error) {
	if act.Path() == "" || !succeeded {
		return a, nil
	}
	steps, err := config.ParsePath(act.Path())
	if err != nil {
		return a, err
	}
	whole, ok := decode(a.Body)
	if !ok {
		return a, fmt.Errorf("%s: the answer is no JSON but %s", act.Path(), bytesShape(a.Body))
	}
	value := whole
	for _, step := range steps {
		if value, ok = into(value, step); !ok {
			return a, fmt.Errorf("%s: not in the answer, which is %s", act.Path(), shape(whole))
		}
	}
	a.Value = text(value)
	return a, nil
}

// decode reads one JSON value and nothing after it.
func decode(body []byte) (any, bool) {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var value any
	if decoder.Decode(&value) != nil {
		return nil, false
	}
	_, err := decoder.Token()
	return value, err == io.EOF
}

func into(value any, step config.Step) (any, bool) {
	if step.Member != "" {
		members, _ := value.(map[string]any)
		member, ok := members[step.Member]
		return member, ok
	}
	list, _ := value.([]any)
	if step.Index >= len(list) {
		return nil, false
	}
	return list[step.Index], true
}

// text is a string without its quotes, a number by its own digits, anything
// else as JSON.
func text(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	// What came from JSON goes back to JSON.
	out, _ := json.Marshal(value)
	return string(out)
}

// shape says how an answer is built, without any of its values.
func shape(value any) string {
	switch v := value.(type) {
	case map[string]any:
		if len(v) == 0 {
			return "an object without members"
		}
		names := slices.Sorted(maps.Keys(v))
		if len(names) > 12 {
			names = append(names[:12], "…")
		}
		return "an object with " + strings.Join(names, ", ")
	case []any:
		if len(v) == 0 {
			return "an empty list"
		}
		return fmt.Sprintf("a list of %d, the first %s", len(v), shape(v[0]))
	case string:
		return "a string"
	case json.Number:
		return "a number"
	case bool:
		return "true or false"
	}
	return "null"
}

func bytesShape(body []byte) string {
	if len(bytes.TrimSpace(body)) == 0 {
		return "empty"
	}
	if body[0] == '<' {
		return fmt.Sprintf("markup of %d bytes", len(body))
	}
	return fmt.Sprintf("a text of %d bytes", len(body))
}
