package source

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"path"
	"regexp"
)

// original is a file that a source map holds.
type original struct {
	name    string
	content string
	whole   bool // the file that held it is nothing but the map
}

// sourceMap is a source map of revision 3; an index map has sections.
type sourceMap struct {
	Sources        []string  `json:"sources"`
	SourcesContent []*string `json:"sourcesContent"`
	Sections       []struct {
		Map sourceMap `json:"map"`
	} `json:"sections"`
}

var inline = regexp.MustCompile(`sourceMappingURL=data:application/json;(?:charset=[\w-]+;)?base64,([A-Za-z0-9+/=]+)`)

// mapped are the originals in a source map, or in a map within a script or
// style sheet.
func mapped(name string, data []byte) (all []original) {
	switch path.Ext(name) {
	case ".map":
		return originals(data, true)
	case ".js", ".mjs", ".cjs", ".css":
		if !bytes.Contains(data, []byte("sourceMappingURL=data:")) {
			return nil
		}
		for _, m := range inline.FindAllSubmatch(data, -1) {
			if text, err := base64.StdEncoding.DecodeString(string(m[1])); err == nil {
				all = append(all, originals(text, false)...)
			}
		}
	}
	return all
}

// originals reads a map; text that is none has no originals.
func originals(text []byte, whole bool) (all []original) {
	text = bytes.TrimPrefix(text, []byte(")]}'")) // a guard that servers put in front
	var m sourceMap
	if json.Unmarshal(text, &m) != nil {
		return nil
	}
	maps := []sourceMap{m}
	for _, s := range m.Sections {
		maps = append(maps, s.Map)
	}
	for _, m := range maps {
		for i, content := range m.SourcesContent {
			if content == nil {
				continue
			}
			name := fmt.Sprintf("source %d", i)
			if i < len(m.Sources) && m.Sources[i] != "" {
				name = m.Sources[i]
			}
			all = append(all, original{name, *content, whole})
		}
	}
	return all
}
