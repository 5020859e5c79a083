package config

import (
	"fmt"
	"reflect"
	"strings"
)

// fieldNamed finds the type of a struct's member by its name in the file.
func fieldNamed(t reflect.Type, name string) (reflect.Type, bool) {
	for field := range t.Fields() {
		if yamlName(field) == name {
			return field.Type, true
		}
	}
	return nil, false
}

// yamlName is a field's name in the file: its tag, or its name in lower case.
func yamlName(field reflect.StructField) string {
	if tag := field.Tag.Get("yaml"); tag != "" {
		return tag
	}
	return strings.ToLower(field.Name)
}

func names(t reflect.Type) []string {
	var all []string
	for field := range t.Fields() {
		all = append(all, yamlName(field))
	}
	return all
}

// hint says what an unknown key was meant to be: a key of the same mapping that
// is spelled alike, for a key of the file itself one of that name deeper down,
// or the keys that are known.
func hint(path, name string, t reflect.Type) string {
	if near := nearest(name, names(t)); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	if place := elsewhere("", name, t); path == "" && place != "" {
		return fmt.Sprintf("did you mean %q?", place)
	}
	return fmt.Sprintf("known in %s: %s", cmpOr(path, "the file"), strings.Join(names(t), ", "))
}

// elsewhere is the first path that ends in name.
func elsewhere(path, name string, t reflect.Type) string {
	for field := range t.Fields() {
		own := join(path, yamlName(field))
		if yamlName(field) == name {
			return own
		}
		inner := field.Type
		if inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		if inner.Kind() != reflect.Struct {
			continue
		}
		if found := elsewhere(own, name, inner); found != "" {
			return found
		}
	}
	return ""
}

// nearest is the known name spelled most like name: at most a third of its
// letters apart, or one the beginning of the other. "" when none is.
func nearest(name string, known []string) string {
	best, least := "", max(len(name)/3, 1)+1
	for _, k := range known {
		d := distance(strings.ToLower(name), k)
		if len(k) > 2 && strings.HasPrefix(name, k) || len(name) > 2 && strings.HasPrefix(k, name) {
			d = 1
		}
		if d < least {
			best, least = k, d
		}
	}
	return best
}

// distance counts the letters to put in, take out or change.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
