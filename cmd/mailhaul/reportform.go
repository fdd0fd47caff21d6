package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// reportForms are the forms that a report can be written in, by what the name of
// a file ends in.
var reportForms = map[string]string{".txt": "text", ".md": "md", ".json": "json", ".csv": "csv", ".html": "html", ".htm": "html"}

// form is the one that was asked for, or that the name of the file tells.
func (o *reportOptions) form() (string, error) {
	switch o.format {
	case "text", "md", "json", "csv", "html":
		return o.format, nil
	case "markdown":
		return "md", nil
	case "":
	default:
		return "", usagef("", "--format must be text, md, json, csv or html, not %q", o.format)
	}
	if o.output == "" {
		return "text", nil
	}
	form := reportForms[strings.ToLower(filepath.Ext(o.output))]
	if form == "" {
		return "", usagef("end it in .txt, .md, .json, .csv or .html, or say --format", "the name %q does not tell the form of the report", o.output)
	}
	return form, nil
}

// write writes the report in that form, to its file or to standard output.
func (o *reportOptions) write(h *haul, a *jobReport, form string) error {
	if o.output == "" {
		return o.compose(o.world.out, h, a, form)
	}
	var text bytes.Buffer
	if err := o.compose(&text, h, a, form); err != nil {
		return err
	}
	if err := replace(o.output, text.Bytes()); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	if !h.show.quiet {
		fmt.Fprintf(o.world.talk, "The report is in %s.\n", Safe(o.output))
	}
	return nil
}

func (o *reportOptions) compose(w io.Writer, h *haul, a *jobReport, form string) error {
	switch form {
	case "html":
		return a.html(w)
	case "md":
		a.markdown(w)
	case "json":
		a.document(w)
	case "csv":
		if o.refused {
			return refusedTable(w, a.Refused)
		}
		return a.folderTable(w)
	default:
		o.text(w, h, a)
	}
	return nil
}

// replace puts text into the file, whole or not at all. Only its owner may read a
// new one: subjects stand in it.
func replace(path string, text []byte) error {
	draft, err := os.CreateTemp(filepath.Dir(path), ".mailhaul-*.tmp")
	if err != nil {
		return err
	}
	_, err = draft.Write(text)
	if bad := draft.Sync(); err == nil {
		err = bad
	}
	if bad := draft.Close(); err == nil {
		err = bad
	}
	if err == nil {
		err = os.Rename(draft.Name(), path)
	}
	if err != nil {
		_ = os.Remove(draft.Name())
	}
	return err
}
