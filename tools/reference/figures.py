"""What is compared with the specification: where a figure stands in our reports, where in its
reference run, and how far they may be apart."""
import dataclasses
import math
import statistics
from collections.abc import Callable

REFERENCE_MODELS = ("mnist_model", "mnist_cnn", "mnist_dropout")
RANDOM_MODELS = ("mnist_dropout",)  # its masks are drawn anew in every run
TOLERANCE = {"auroc": .002, "loss": .002, "share": .005, "theta": .2}
RELATIVE = {"e_aurc": .06, "temperature": .005}


@dataclasses.dataclass(frozen=True)
class Figure:
    name: str
    kind: str                 # which tolerance
    of: Callable              # reports of run.measure -> value, None where it is not defined
    golden: tuple = ()        # path in the reference run; empty: there is none
    factor: float = 1         # for display


def card(name, report="evaluate"):
    return lambda r: r[report]["card"][name]["value"]


def foreign(i, name):
    return lambda r: r["evaluate"]["foreign"][i][name]["value"]


def of_variance(name):
    def value(reports):
        for comparison in reports["evaluate"]["comparisons"]:
            if comparison["name"] == "variance of the passes":
                return comparison["quality"][name]["value"]
        return None
    return value


def foreign_figures(i, golden, name):
    return [
        Figure(f"{name}: AUROC", "auroc", foreign(i, "auroc"), (golden, "auroc_familiarity")),
        Figure(f"{name}: flagged at 1 %", "share", foreign(i, "flagged_1"), (golden, "share_flagged_1pct")),
        Figure(f"{name}: called reliable", "share", foreign(i, "reliable"), (golden, "share_called_reliable")),
        Figure(f"{name}: joint AUROC", "auroc", foreign(i, "joint_auroc"), (golden, "auroc_joint")),
        Figure(f"{name}: joint AUROC, scaled softmax alone", "auroc", foreign(i, "joint_auroc_scaled_softmax"),
               (golden, "auroc_joint_max_softmax_scaled")),
    ]


def set_figures(level, golden):
    return [
        Figure(f"{level} % set: coverage", "share", card(f"sets.{level}.coverage"),
               ("prediction_sets", golden, "coverage_with_top1")),
        Figure(f"{level} % set: mean size", "share", card(f"sets.{level}.mean_size"),
               ("prediction_sets", golden, "mean_size_with_top1")),
    ]


COPIES = "synthetic_copies_of_evaluation_rows"
FIGURES = [
    Figure("accuracy", "share", card("accuracy"), ("accuracy",)),
    Figure("temperature", "temperature", lambda r: r["calibrate"]["temperature"], ("temperature",)),
    Figure("certified risk", "share", lambda r: r["calibrate"]["risk"], ("certified_risk",)),
    Figure("threshold, logit", "theta", lambda r: r["calibrate"]["theta"], ("threshold_logit",)),
    Figure("error AUROC: max softmax", "auroc", card("max_softmax.error_auroc"),
           ("max_softmax", "auroc_misclassification")),
    Figure("error AUROC: P(correct)", "auroc", card("confidence.error_auroc"),
           ("p_correct", "auroc_misclassification")),
    Figure("error AUROC: variance of ten passes", "auroc", of_variance("error_auroc")),
    Figure("E-AURC x 1000: max softmax", "e_aurc", card("max_softmax.e_aurc"), ("max_softmax", "e_aurc_x1000"), 1000),
    Figure("E-AURC x 1000: P(correct)", "e_aurc", card("confidence.e_aurc"), ("p_correct", "e_aurc_x1000"), 1000),
    Figure("E-AURC x 1000: variance of ten passes", "e_aurc", of_variance("e_aurc"), (), 1000),
    Figure("another class when asked again", "share", lambda r: r["evaluate"]["changed"]),
    Figure("ECE equal width: scaled softmax", "loss", card("scaled_softmax.ece_equal_width"),
           ("temperature_scaled", "ece_equal_width_15")),
    Figure("ECE equal width: P(correct)", "loss", card("confidence.ece_equal_width"),
           ("p_correct", "ece_equal_width_15")),
    Figure("ECE equal mass: P(correct)", "loss", card("confidence.ece_equal_mass"),
           ("p_correct", "ece_equal_mass_15")),
    Figure("NLL: scaled softmax", "loss", card("scaled_softmax.nll"), ("temperature_scaled", "nll")),
    Figure("NLL: P(correct)", "loss", card("confidence.nll"), ("p_correct", "nll")),
    Figure("Brier: P(correct)", "loss", card("confidence.brier"), ("p_correct", "brier")),
    Figure("flagged at 1 %", "share", card("flagged_1"), ("false_alarm_at_1pct",)),
    Figure("flagged at 5 %", "share", card("flagged_5"), ("false_alarm_at_5pct",)),
    Figure("reliable", "share", card("verdicts.reliable"), ("share_reliable",)),
    Figure("uncertain", "share", card("verdicts.uncertain"), ("share_uncertain",)),
    Figure("unfamiliar", "share", card("verdicts.unfamiliar"), ("share_unfamiliar",)),
    Figure("errors among reliable", "share", card("error_among_reliable"), ("error_among_reliable",)),
    Figure("right answers called uncertain", "share", card("uncertain_of_correct"), ("uncertain_share_of_correct",)),
    Figure("second opinion differs", "share", lambda r: 1 - card("second_opinion.agrees")(r),
           ("second_opinion_disagrees",)),
    *set_figures(95, "0.05"),
    *set_figures(99, "0.01"),
    *foreign_figures(0, "fashion_test", "Fashion-MNIST"),
    *foreign_figures(1, "notmnist_test", "notMNIST"),
    Figure("drawn digits: accuracy", "share", card("accuracy", "drawn"), ("digits_drawn", "accuracy")),
    Figure("drawn digits: mean P(correct)", "share", lambda r: r["drawn"]["meanConfidence"],
           ("digits_drawn", "mean_p_correct")),
    Figure("drawn digits: unfamiliar", "share", card("verdicts.unfamiliar", "drawn"),
           ("digits_drawn", "share_unfamiliar")),
    Figure("drawn digits: reliable", "share", card("verdicts.reliable", "drawn"), ("digits_drawn", "share_reliable")),
    Figure("damaged copies: accuracy", "share", card("accuracy", "copies"), (COPIES, "accuracy")),
    Figure("damaged copies: gap of P(correct)", "share", lambda r: r["copies"]["gap"]["confidence"],
           (COPIES, "mean_abs_gap_over_types_p_correct")),
    Figure("damaged copies: gap of the scaled softmax", "share", lambda r: r["copies"]["gap"]["scaled_softmax"],
           (COPIES, "mean_abs_gap_over_types_temperature_scaled")),
]


def show(value):
    if value is None:
        return "-"
    text = f"{value:.4g}" if abs(value) >= 10 else f"{value:.4f}" if abs(value) < 2 else f"{value:.3f}"
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text


def allowed(figure, expected, model, reference):
    """How far a value may be from `expected`, in the reference's units."""
    if model in RANDOM_MODELS:
        least = RELATIVE["e_aurc"] * expected if figure.kind == "e_aurc" else .01
        return max(4 * reference["sd"], least, TOLERANCE["theta"] if figure.kind == "theta" else 0)
    return RELATIVE[figure.kind] * expected if figure.kind in RELATIVE else TOLERANCE[figure.kind]


def judge(figure, model, by_seed, golden):
    """A cell of the table, and a line for each value that is out of tolerance."""
    values = [v for v in by_seed.values() if v is not None]
    if not values:
        return "-", []
    scaled = {seed: v * figure.factor for seed, v in by_seed.items() if v is not None}
    mean = statistics.mean(scaled.values())
    cell = show(scaled.get(0, mean))
    if len(scaled) > 1:
        cell += f", {show(mean)} ± {show(statistics.stdev(scaled.values()))}"
    if not golden or not figure.golden:
        return cell, []
    reference = golden
    for key in figure.golden:
        reference = reference[key]
    checks = [("mean over seeds", mean, reference["mean"])] if len(scaled) == 5 else []
    # One run of a model that answers at random is one draw of many: only its mean is judged.
    if 0 in scaled and model not in RANDOM_MODELS:
        checks.append(("seed 0", scaled[0], reference["seed0"]))
    problems = []
    for name, value, expected in checks:
        limit = allowed(figure, expected, model, reference)
        if not math.isfinite(value) or abs(value - expected) > limit + 1e-9:
            problems.append(f"OUT: {model}, {figure.name}, {name}: {show(value)}; the specification has "
                            f"{show(expected)} ± {show(limit)}")
    return cell + f" (spec {show(reference['seed0'])})" + (" **out**" if problems else ""), problems
