"""Why an export was refused. Each message is one sentence for the person who asked for it."""


class ExportError(Exception):
    """What was asked for cannot be exported."""


class NotMeasured(ExportError):
    """The interpreter is not here, or it could not run the model."""
