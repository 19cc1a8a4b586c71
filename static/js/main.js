// The screens' scripts. Each module listens on the document, so parts that htmx
// brings in later work without being set up.
import "./clipboard.js";
import "./navigation.js";
import "./times.js";
import "./forms.js";
import "./rule_form.js";
import "./event_picker.js";
import "./row_filter.js";
import "./verdicts.js";
import "./requests.js";
