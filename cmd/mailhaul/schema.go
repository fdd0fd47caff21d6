package main

import (
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mailhaul/mailhaul/transfer"
)

// lineForm is one kind of line on standard output.
type lineForm struct {
	name   string // in the schema
	from   string // the commands that write it
	events []string
	about  string
	value  any
}

// lineForms are all lines that --json writes. The schema is made of the very
// structs that are written, so it cannot tell anything else.
func lineForms() []lineForm {
	kinds := []string{"alert", string(eventFailed)}
	for _, k := range []transfer.Kind{
		transfer.EventPlan, transfer.EventFolder, transfer.EventFound, transfer.EventMessages, transfer.EventRefused,
		transfer.EventNote, transfer.EventRetry, transfer.EventSettle, transfer.EventDone, transfer.EventDeleted,
	} {
		kinds = append(kinds, string(k))
	}
	return []lineForm{
		{"event", "copy, run", kinds, "What happens, as it happens. plan: count folders will be looked at. found: count more messages are to be moved. messages: count messages came to the end fate. deleted: count messages were deleted at the source. refused: one message, with the server's words in text.", eventLine{}},
		{"error", "copy, run, plan", []string{"error"}, "Why the run is not complete, and what to do.", errorLine{}},
		{"cleared", "copy --delete-source, run --delete-source", []string{"cleared"}, "What was deleted at the source, what the server has not confirmed, and what stays there and why.", clearedLine{}},
		{"summary", "copy, run, plan", []string{"summary"}, "The last line. messages = copied + present + adopted + skipped + refused + vanished + merged; of a plan, planned stands in the place of copied.", summaryLine{}},
		{"plan-folder", "plan", []string{"plan-folder"}, "A folder, and what a copy would end with. Numbers that are not known are -1.", planLine{}},
		{"plan-hurdle", "plan", []string{"plan-hurdle"}, "One thing that stands in the way. kind: too-large, refused-before, date, keyword, unreadable, folder, name, quota, daily-limit.", hurdleLine{}},
		{"difference", "verify", []string{"difference"}, "One message that is not the same on both sides.", differenceLine{}},
		{"verify-summary", "verify", []string{"summary"}, "The last line of verify.", verifySummary{}},
		{"repair", "verify --repair", []string{"repair"}, "What is about to be repaired.", repairLine{}},
		{"undo-plan", "undo", []string{"undo-plan"}, "What can be taken back. kept: how many stay, and why.", undoPlanLine{}},
		{"undo", "undo", []string{"undo"}, "What was taken back: the last line.", undoLine{}},
		{"job", "status", []string{"job"}, "A job, and how its run stands if one is on.", statusLine{}},
		{"report-folder", "report", []string{"report-folder"}, "A folder, as the checkpoint knows it.", reportLine{}},
		{"refused", "report --refused, report --export", []string{"refused"}, "A message that a server would not give or take; file, gone and error are told after an export.", refusedLine{}},
		{"report", "report --format json", []string{"report"}, "The whole report.", reportDocument{}},
		{"finding", "check", []string{"finding"}, "One thing that a check found.", finding{}},
		{"check-summary", "check", []string{"summary"}, "The last line of check.", checkedLine{}},
		{"discovered", "discover", []string{"discovered"}, "The servers of an address, the best first.", foundLine{}},
		{"version", "version", []string{"version"}, "The program.", versionLine{}},
	}
}

const schemaLong = `Write the JSON Schema of all that mailhaul writes with --json: one value a line,
each with its "event". Fields may be added in a later version; none is taken away
or changes its meaning. Texts of servers and of mail stand there whole, with all
that could do harm in a terminal as \u escapes.`

func newSchema(w *world) *cobra.Command {
	return &cobra.Command{
		Use: "schema", Short: "Write the JSON Schema of what --json writes", GroupID: "other", Args: noArgs, Long: schemaLong,
		RunE: func(*cobra.Command, []string) error { return writeSchema(w.out) },
	}
}

// schema is a part of a JSON Schema, 2020-12.
type schema map[string]any

func writeSchema(w io.Writer) error {
	defs, any := schema{}, []schema{}
	for _, f := range lineForms() {
		one := shape(reflect.TypeOf(f.value))
		one["description"] = fmt.Sprintf("%s (%s)", f.about, f.from)
		event := schema{"enum": f.events}
		if len(f.events) == 1 {
			event = schema{"const": f.events[0]}
		}
		one["properties"].(schema)["event"] = event
		defs[f.name] = one
		any = append(any, schema{"$ref": "#/$defs/" + f.name})
	}
	text, err := json.MarshalIndent(schema{
		"$schema": "https://json-schema.org/draft/2020-12/schema",
		"title":   "A line that mailhaul writes with --json", "anyOf": any, "$defs": defs,
	}, "", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s\n", text)
	return err
}

// shape is the schema of a type. What is not left out when it is empty is required.
func shape(t reflect.Type) schema {
	switch t.Kind() {
	case reflect.Pointer:
		return shape(t.Elem())
	case reflect.String:
		return schema{"type": "string"}
	case reflect.Bool:
		return schema{"type": "boolean"}
	case reflect.Int, reflect.Int64, reflect.Uint32:
		return schema{"type": "integer"}
	case reflect.Float64:
		return schema{"type": "number"}
	case reflect.Slice:
		return schema{"type": []string{"array", "null"}, "items": shape(t.Elem())}
	case reflect.Map:
		return schema{"type": "object", "additionalProperties": shape(t.Elem())}
	}
	if t.PkgPath() == "time" && t.Name() == "Time" {
		return schema{"type": "string", "format": "date-time"}
	}
	properties, required := schema{}, []string{}
	for i := range t.NumField() {
		name, options, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		if name == "" || name == "-" {
			continue
		}
		properties[name] = shape(t.Field(i).Type)
		if options != "omitempty" {
			required = append(required, name)
		}
	}
	return schema{"type": "object", "properties": properties, "required": required}
}
