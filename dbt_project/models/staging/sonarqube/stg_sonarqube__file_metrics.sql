select
    metrics.project,
    metrics.file as file_path,
    metrics.day as analysed_on,
    metrics.ncloc as code_line_count,
    metrics.lines_to_cover as coverable_line_count,
    metrics.lines_to_cover - metrics.uncovered_lines as covered_line_count,
    metrics.bugs as bug_count,
    coalesce(metrics.is_deleted, false) as is_deleted,
    metrics._file,
    metrics._file_row,
    metrics._load_id,
from {{ latest_rows(source('sonarqube', 'file_metrics'), ['project', 'file', 'day']) }} as metrics
