import django.db.models.deletion
import invoicing.models.sync_run
import outbound.clock
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('invoicing', '0009_asked_facts'),
        ('stores', '0003_who_saw_the_payment'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='SyncRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('backfill', 'backfill')], default='backfill', max_length=16, verbose_name='kind')),
                ('mode', models.CharField(choices=[('preview', 'preview'), ('issue', 'issue')], default='preview', max_length=16, verbose_name='mode')),
                ('state', models.CharField(choices=[('queued', 'queued'), ('running', 'running'), ('done', 'done'), ('failed', 'failed')], default='queued', max_length=16, verbose_name='state')),
                ('requested_by', models.CharField(blank=True, max_length=64, verbose_name='requested by')),
                ('token', models.CharField(default=invoicing.models.sync_run.new_token, editable=False, max_length=32, unique=True)),
                ('limit', models.PositiveIntegerField(blank=True, null=True, verbose_name='number of orders')),
                ('since', models.DateField(blank=True, null=True, verbose_name='from')),
                ('until', models.DateField(blank=True, null=True, verbose_name='to')),
                ('order_ids', models.JSONField(blank=True, default=list, verbose_name='orders')),
                ('page', models.PositiveIntegerField(default=1)),
                ('page_mark', models.CharField(blank=True, max_length=160)),
                ('listed_at', models.DateTimeField(blank=True, null=True, verbose_name='listed at')),
                ('seen', models.PositiveIntegerField(default=0, verbose_name='orders looked at')),
                ('total', models.PositiveIntegerField(blank=True, null=True, verbose_name='orders in all')),
                ('planned', models.PositiveIntegerField(default=0, verbose_name='would be issued')),
                ('not_before', models.DateTimeField(default=outbound.clock.now, verbose_name='not before')),
                ('attempts', models.PositiveIntegerField(default=0, verbose_name='attempts')),
                ('losses', models.PositiveIntegerField(default=0, verbose_name='lost by a dead process')),
                ('lease_token', models.CharField(blank=True, max_length=32)),
                ('lease_until', models.DateTimeField(blank=True, null=True)),
                ('error', models.CharField(blank=True, max_length=500, verbose_name='last error')),
                ('created_at', models.DateTimeField(default=outbound.clock.now, editable=False, verbose_name='created at')),
                ('started_at', models.DateTimeField(blank=True, null=True, verbose_name='started at')),
                ('finished_at', models.DateTimeField(blank=True, null=True, verbose_name='finished at')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sync_runs', to='stores.store')),
            ],
            options={
                'verbose_name': 'sync run',
                'verbose_name_plural': 'sync runs',
                'indexes': [models.Index(fields=['state', 'not_before'], name='due_sync_runs')],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['queued', 'running', 'done', 'failed'])), name='known_sync_state')],
            },
        ),
        migrations.CreateModel(
            name='SyncRunOrder',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveIntegerField()),
                ('shop_order_id', models.CharField(max_length=64, verbose_name='order')),
                ('buyer_name', models.CharField(blank=True, max_length=255, verbose_name='buyer')),
                ('total', models.DecimalField(blank=True, decimal_places=4, max_digits=18, null=True, verbose_name='total')),
                ('currency', models.CharField(blank=True, max_length=3, verbose_name='currency')),
                ('status', models.CharField(blank=True, choices=[('unpaid', 'unpaid'), ('paid', 'paid'), ('canceled', 'canceled'), ('abandoned', 'abandoned')], max_length=16, verbose_name='status')),
                ('paid_on', models.DateField(blank=True, null=True, verbose_name='paid on')),
                ('outcome', models.CharField(choices=[('not_due', 'not_due'), ('pending', 'pending'), ('issued', 'issued'), ('credited', 'credited'), ('deleted', 'deleted'), ('held', 'held'), ('excluded', 'excluded')], max_length=16, verbose_name='outcome')),
                ('reason', models.CharField(blank=True, max_length=32, verbose_name='reason')),
                ('detail', models.TextField(blank=True, verbose_name='detail')),
                ('obstacle', models.CharField(blank=True, max_length=32, verbose_name='obstacle')),
                ('kind', models.CharField(blank=True, choices=[('invoice', 'invoice'), ('invoice_receipt', 'invoice_receipt'), ('simplified_invoice', 'simplified_invoice'), ('credit_note', 'credit_note')], max_length=24, verbose_name='document')),
                ('gross', models.DecimalField(blank=True, decimal_places=4, max_digits=18, null=True, verbose_name='gross total')),
                ('would_issue', models.BooleanField(default=False, verbose_name='would be issued')),
                ('may_be_ticked', models.BooleanField(default=False, verbose_name='may be issued')),
                ('is_ticked', models.BooleanField(default=False, verbose_name='ticked')),
                ('word', models.CharField(blank=True, max_length=255, verbose_name='reason given')),
                ('asked_at', models.DateTimeField(blank=True, null=True, verbose_name='asked at')),
                ('order', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='sync_rows', to='stores.order')),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rows', to='invoicing.syncrun')),
                ('ticked_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'order of a sync run',
                'verbose_name_plural': 'orders of sync runs',
                'ordering': ['position'],
                'indexes': [models.Index(fields=['run', 'position'], name='orders_of_a_sync_run')],
                'constraints': [models.UniqueConstraint(fields=('run', 'shop_order_id'), name='one_row_per_run_and_order')],
            },
        ),
    ]
